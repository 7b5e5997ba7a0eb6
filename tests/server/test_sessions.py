"""Names kept for clients to come, and JACK's sessions as far as it still has them."""

import pytest

import jack
from support.sessions import answering
from support.waiting import wait_for


@pytest.fixture
def tested(client):
    return client("manager")


def test_a_client_that_answers(client, tested, tmp_path):
    player = client("player")
    events, kept = answering(player, "player --load ${SESSION_DIR}", jack.SESSION_NEED_TERMINAL)
    player.activate()
    path = f"{tmp_path}/"
    told = tested.session_notify(path, jack.SESSION_SAVE_TEMPLATE)
    (command,) = told
    assert type(command) is jack.SessionCommand
    assert command == (
        jack.UUID(player),
        "player",
        "player --load ${SESSION_DIR}",
        jack.SESSION_NEED_TERMINAL,
    )
    assert type(command.uuid) is jack.UUID
    assert command.client_name == "player"
    assert command.command == "player --load ${SESSION_DIR}"
    assert command.flags == jack.SESSION_NEED_TERMINAL
    ((kind, folder, uuid),) = wait_for(lambda: events)
    assert (kind, uuid) == (jack.SESSION_SAVE_TEMPLATE, player.uuid)
    assert folder.startswith(path)
    assert len(tested.session_notify(path, target="player")) == 1
    assert events[-1][0] == jack.SESSION_SAVE
    del kept


def test_nobody_answers(client, tested, tmp_path):
    client("silent").activate()
    assert tested.session_notify(f"{tmp_path}/") == []


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [((1,), TypeError, "path"), (("/tmp/", 0), ValueError, "type must be between 1 and 3, got 0"),
     (("/tmp/", 4), ValueError, "type"), (("/tmp/", "save"), TypeError, "type"),
     (("/tmp/", 1, 1), TypeError, "target")],
)  # fmt: skip
def test_what_is_no_notification(tested, arguments, error, text):
    with pytest.raises(error, match=text):
        tested.session_notify(*arguments)


def test_a_reserved_name_goes_to_whom_it_is_kept_for(tested, server):
    uuid = jack.UUID.for_client()
    assert tested.reserve_client_name("kept", uuid) is None
    comer = jack.Client("comer", servername=server.name, session_id=str(uuid))
    try:
        assert comer.name == "kept"
        assert jack.UUID(comer) == uuid
    finally:
        comer.close()


def test_reserving_what_is_taken(tested):
    uuid = jack.UUID.for_client()
    tested.reserve_client_name("twice", uuid)
    with pytest.raises(jack.JackErrorCode, match='reserve the client name "twice"'):
        tested.reserve_client_name("twice", jack.UUID.for_client())


def test_what_can_t_be_reserved(tested):
    with pytest.raises(TypeError, match="name"):
        tested.reserve_client_name(1, jack.UUID.for_client())
    with pytest.raises(TypeError, match="uuid must be a UUID"):
        tested.reserve_client_name("name", None)
    with pytest.raises(ValueError, match="UUID"):
        tested.reserve_client_name("name", "one")
