"""One recipe per kind of demo: `build(demo, parts) -> Page`, and the list of all kinds."""
