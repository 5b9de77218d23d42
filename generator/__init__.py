"""mlpages: a static-site generator for machine-learning demos that run in the browser."""
