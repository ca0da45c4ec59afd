"""Gradient checkpointing without training mode: layers are computed again on the way back, and nothing is dropped out.

Only the layers themselves are marked as training, for that is where transformers looks; what lies inside them is not.
"""

from typing import Any

from transformers.modeling_layers import GradientCheckpointingLayer


def begin(model: Any) -> None:
    """From here on a pass keeps the inputs of each layer alone."""
    model.activation_checkpointing_enable(activation_checkpointing_kwargs={"use_reentrant": False})
    for module in model.modules():
        if isinstance(module, GradientCheckpointingLayer):
            module.training = True


def end(model: Any) -> None:
    model.activation_checkpointing_disable()
    model.eval()
