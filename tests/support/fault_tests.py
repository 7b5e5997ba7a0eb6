"""The tests themselves as what allocation faults happen in: a plugin of pytest's.

Each test runs once while the sites that it reaches are noted (alloc_faults.py), then once
for each of them that no earlier test had, in which that call fails, once.  The test may fail
there, for what it expects did not come; the process may not end or hang, nothing may come that
no want of memory explains, and the same test has to pass afterwards.
"""

import faulthandler

import pytest
from _pytest.runner import runtestprotocol

# What speaks of a call that failed without an exception, or of one that was not looked at.
NEVER = ("SystemError", "returned a result with an exception set", "ReferenceError")
TIMES = 3  # a test may fail for a busy machine


class Plugin:
    def __init__(self, faults, say, past, done, chosen):
        self.faults, self.say, self.past, self.done = faults, say, past, done
        self.chosen = chosen  # whether a site is one of those to try

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item, nextitem):
        if item.nodeid not in self.done:
            self.try_all(item)
        item.session._setupstate.teardown_exact(nextitem)
        return True

    def try_all(self, item):
        reports = []
        found = self.faults.sites_of(lambda: reports.extend(run(item)))
        new = [key for key in found if key not in self.past]
        # What fails or is skipped without a fault tells nothing.
        new = [key for key in new if self.chosen(key)] if passed(reports) else []
        self.say(scene=item.nodeid, sites=len(found), new=len(new))
        for key in new:
            faulthandler.dump_traceback_later(150, exit=True)
            self.one(item, key)
        faulthandler.cancel_dump_traceback_later()
        self.say(over=item.nodeid)

    def one(self, item, key):
        self.say(site=key, name=self.faults.name(key), scene=item.nodeid)
        self.faults.arm(key)
        reports = run(item)
        failed = bool(self.faults.fired())
        self.faults.arm(0)
        self.past.update([key] * failed)
        wrong = strange(reports)
        if not any(passed(run(item)) for _ in range(TIMES)):
            wrong = wrong or f"afterwards: {text_of(run(item))}"
            self.say(done=key, failed=failed, wrong=wrong, spoilt=True)
            raise pytest.exit.Exception("a new process goes on")
        self.say(done=key, failed=failed, wrong=wrong)


class Another:
    """As if another test of the same place came next: what lasts longer than a test stays."""

    def __init__(self, item):
        self.listchain = item.listchain()[:-1].copy


def run(item):
    return runtestprotocol(item, log=False, nextitem=Another(item))


def passed(reports):
    return len(reports) == 3 and all(report.passed for report in reports)


def text_of(reports):
    return "\n".join(report.longreprtext for report in reports if report.failed)


def strange(reports):
    text = text_of(reports)
    return next((f"{word} in\n{text}" for word in NEVER if word in text), None)
