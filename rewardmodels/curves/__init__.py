"""The learning curve of a trained model's snapshot: asked for, drawn by the worker, kept with the model."""
