"""What the tests share: waiting, servers, audio through the graph, child processes."""
