"""How each kind of demo is used by keyboard, and what has to come of it."""

from generator.verification.flows import predictor, trainer, transfer

FLOWS = {"trainer": trainer.FLOW, "predictor": predictor.FLOW, "transfer": transfer.FLOW}
