"""What a worker that is not the chief does: it trains with the chief, and keeps nothing."""

from generator import stages
from generator.build import Options, find_networks, select_demos
from generator.cache import Cache
from generator.config import SiteConfig
from generator.distribute import Distribution
from generator.install import explained_errors
from generator.progress import Reporter


def help_training(
    config: SiteConfig, distribution: Distribution, options: Options, reporter: Reporter
) -> list[str]:
    """Train each model that the chief's build trains; return their names.

    Neither the site nor the models' cache is written. Raises BuildError as a build does.
    """
    config, cache = select_demos(config, options.only), Cache(fresh=options.fresh)
    with explained_errors(cache.root), reporter.stage("Data") as stage:
        datasets = {
            name: stages.load_dataset(entry, options.offline, cache, stage).dataset
            for name, entry in config.data.items()
        }
    networks = find_networks(config)
    names = stages.start_training(config.models, networks, datasets, distribution, cache)
    for name in names:
        model = config.models[name]
        network, dataset = networks[model.architecture], datasets[model.data]
        with reporter.stage(f"Train {name}") as stage:
            stages.run_training(model, network, dataset, distribution, stage)
    return names
