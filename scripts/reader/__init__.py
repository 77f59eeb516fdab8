"""How the reader's weights are made: data, network, training, measuring."""
