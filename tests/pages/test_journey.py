"""From one page to the other: train, keep in the browser, compare on the predictor page."""

import pytest
from playwright.sync_api import Page, expect


def values(page: Page, column: str) -> list[float]:
    cells = page.locator(f'#answers tbody td[data-model="{column}"] .number')
    texts = cells.all_inner_texts()
    return [0.0 if text.startswith("<") else float(text.strip(">%")) for text in texts]


def test_a_model_kept_by_the_trainer_answers_on_the_predictor_page(
    site_url: str, page: Page
) -> None:
    page.goto(f"{site_url}mnist-trainer/")
    page.wait_for_selector('#step-train[data-state="ready"]')
    page.locator("#run-settings").evaluate("(details) => { details.open = true; }")
    page.fill("#batch-size", "32")
    epochs = page.input_value("#epochs")
    page.click("#train")
    page.wait_for_selector('#step-train[data-state="trained"]', timeout=300_000)
    page.fill("#model-name", "mine")
    page.click("#save-browser")
    expect(page.locator("#keep-status")).to_contain_text("mine")

    page.goto(f"{site_url}digit-predictor/")
    expect(page.locator("#own-kept")).to_be_enabled()
    page.select_option("#own-kept", "mine")
    expect(page.locator("#own-note")).to_contain_text(f"was trained for {epochs} epochs")
    page.locator("#samples button").nth(1).click()
    for model in ("graph", "own"):
        first = page.locator(f'#answers tbody td[data-model="{model}"] .number').first
        expect(first).to_contain_text("%")
    own, graph = values(page, "own"), values(page, "graph")
    assert sum(own) == pytest.approx(100, abs=0.6) and sum(graph) == pytest.approx(100, abs=0.6)
    # The sample is a 1, which both networks read; they are two networks, so numbers differ.
    assert own.index(max(own)) == graph.index(max(graph)) == 1
    assert own != graph
