"""Language models in plain torch: loading, rendering, log-probabilities, generation, checkpoints."""
