"""Training: real runs on small drawn images."""

import dataclasses

import numpy as np
import pytest

from generator import train
from generator.augment import PICTURES, Augmentation
from generator.data import Split
from generator.datasets import shapes
from generator.errors import BuildError
from generator.models import digits

QUICK = train.TrainSettings(epochs=2, batch_size=64, learning_rate=3e-3, augment=Augmentation())


@pytest.fixture(scope="module")
def drawn():
    return shapes.load()


@pytest.fixture(scope="module")
def first(drawn):
    return train.train(digits.find("codelab"), drawn, QUICK)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("codelab", train.TrainSettings(epochs=10, batch_size=64, learning_rate=3e-3)),
        ("accurate", dataclasses.replace(train.DEFAULTS["accurate"], epochs=8, batch_size=64)),
    ],
)
def test_training_names_most_drawn_shapes_where_chance_is_a_quarter(drawn, name, settings):
    report = train.train(digits.find(name), drawn, settings).report
    assert report.validation.accuracy > 0.75
    assert report.test.accuracy > 0.75


def test_the_same_seed_gives_the_same_weights_and_report(drawn, first):
    again = train.train(digits.find("codelab"), drawn, QUICK)
    pairs = zip(first.model.get_weights(), again.model.get_weights(), strict=True)
    assert all(np.array_equal(one, other) for one, other in pairs)
    assert again.report == first.report


def test_another_seed_gives_other_weights(drawn, first):
    other = train.train(digits.find("codelab"), drawn, dataclasses.replace(QUICK, seed=1, epochs=1))
    assert not np.array_equal(first.model.get_weights()[0], other.model.get_weights()[0])


def test_the_report_says_what_was_trained_and_scored_on_how_many_images(drawn, first):
    report = dataclasses.asdict(first.report)
    assert (report["architecture"], report["data"], report["parameters"]) == (
        "codelab",
        "shapes",
        first.model.count_params(),
    )
    assert report["train_images"] == 1_200
    assert (report["validation"]["images"], report["test"]["images"]) == (400, 400)
    assert set(report["versions"]) == {"python", "tensorflow", "tf_keras"}
    assert not [key for key in report if "second" in key]
    assert len(first.epoch_seconds) == 2
    assert first.seconds > sum(first.epoch_seconds)


def test_the_score_is_the_share_that_keras_predicts_right(drawn, first):
    test = drawn.splits["test"]
    predicted = first.model.predict(test.images[0 : len(test)] / 255, verbose=0).argmax(axis=1)
    assert first.report.test.accuracy == np.mean(predicted == test.labels)


def test_progress_is_told_after_each_epoch(drawn, capsys):
    told = []
    train.train(digits.find("codelab"), drawn, QUICK, lambda *what: told.append(what))
    assert [(epoch, epochs) for epoch, epochs, _, _ in told] == [(1, 2), (2, 2)]
    assert set(told[0][2]) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert told[0][3] > 0
    assert capsys.readouterr().out == ""


def test_a_data_set_smaller_than_a_batch_still_trains(drawn):
    splits = {name: first_images(split, 20) for name, split in drawn.splits.items()}
    small = dataclasses.replace(drawn, splits=splits)
    assert train.train(
        digits.find("codelab"), small, dataclasses.replace(QUICK, epochs=1)
    ).report.test


def test_few_images_get_small_batches_and_more_epochs(drawn):
    settings = train.default_settings("accurate", drawn)
    assert settings.batch_size == 120  # a tenth of the images
    assert settings.epochs * (1_200 // settings.batch_size) >= train.LEAST_STEPS
    few = dataclasses.replace(
        drawn, splits={n: first_images(s, 60) for n, s in drawn.splits.items()}
    )
    settings = train.default_settings("nets:mine", few)
    assert (settings.batch_size, settings.learning_rate) == (train.LEAST_BATCH, 1e-3)
    assert settings.epochs == 43  # of 7 steps each


def test_many_images_are_trained_as_the_network_says(drawn):
    split = Split(np.broadcast_to(np.uint8(0), (20_000, 28, 28, 1)), np.zeros(20_000, np.uint8))
    many = dataclasses.replace(drawn, splits=drawn.splits | {"train": split})
    assert train.default_settings("accurate", many) == train.DEFAULTS["accurate"]
    assert train.default_settings("nets:mine", many) == train.OWN


def test_strokes_are_varied_only_where_there_are_any(drawn):
    pictures = dataclasses.replace(drawn, drawn=False)
    assert train.default_settings("accurate", drawn).augment == Augmentation()
    assert train.default_settings("accurate", pictures).augment == PICTURES
    assert train.default_settings("course", pictures).augment is None


def test_a_split_without_images_is_refused(drawn):
    test = drawn.splits["test"]
    none = dataclasses.replace(drawn, splits=drawn.splits | {"test": first_images(test, 0)})
    with pytest.raises(BuildError, match="data set 'shapes', split 'test': there are no images"):
        train.train(digits.find("codelab"), none, QUICK)


def test_a_diverging_run_is_refused_with_its_learning_rate(drawn):
    wild = dataclasses.replace(QUICK, learning_rate=1e30)
    with pytest.raises(BuildError, match=r"no number after epoch 1.*learning rate below 1e\+30"):
        train.train(digits.find("codelab"), drawn, wild)


def test_settings_out_of_range_are_refused():
    with pytest.raises(BuildError, match=r"epochs is out of range; expected a number above 0"):
        dataclasses.replace(QUICK, epochs=0)


def test_an_unknown_architecture_is_refused_before_anything_trains(drawn):
    with pytest.raises(BuildError, match="architecture 'resnet': no such architecture"):
        digits.find("resnet")


def test_each_architecture_has_settings_of_its_own():
    assert set(train.DEFAULTS) == {architecture.name for architecture in digits.ARCHITECTURES}


def first_images(split, count):
    return Split(split.images[:count], split.labels[:count])
