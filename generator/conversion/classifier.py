"""What is missing between a model's answers and a probability for each class.

Many models end in logits, or in one number for two classes; pages show probabilities. The missing
steps become a part of the converted model.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Step = Literal["softmax", "sigmoid", "pair"]
ROUNDING = 1e-3


def missing_steps(answers: npt.NDArray[np.float32], classes: int) -> tuple[Step, ...]:
    """Return what turns answers [n, outputs] into probabilities [n, classes].

    One output for two classes is a probability of the second, or its logit if any answer is not
    between 0 and 1.
    """
    between = bool(((answers >= 0) & (answers <= 1)).all())
    if answers.shape[1] == 1 and classes == 2:
        return ("pair",) if between else ("sigmoid", "pair")
    sums = bool((np.abs(answers.sum(axis=1) - 1) < ROUNDING).all())
    return () if between and sums else ("softmax",)


def apply_steps(steps: Sequence[Step], value: Any) -> Any:
    """Apply steps to a TensorFlow tensor [n, outputs]."""
    import tensorflow as tf

    for step in steps:
        if step == "softmax":
            value = tf.nn.softmax(value)
        elif step == "sigmoid":
            value = tf.sigmoid(value)
        else:
            value = tf.concat([1 - value, value], axis=1)
    return value


def step_layers(steps: Sequence[Step], value: Any) -> Any:
    """Apply steps to a Keras 2 tensor [n, outputs], as layers that TensorFlow.js knows."""
    from tf_keras.layers import Activation, Dense

    for step in steps:
        if step == "pair":
            dense = Dense(2, name="both_classes")
            value = dense(value)
            # (1 - p, p)
            dense.set_weights([np.array([[-1, 1]], np.float32), np.array([1, 0], np.float32)])
        else:
            value = Activation(step, name=f"classes_{step}")(value)
    return value
