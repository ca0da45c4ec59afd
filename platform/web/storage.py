"""Static files under names that carry the hash of their content, and modules that import each other by those names."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

HOMES = ("annotation", "rewardmodels", "training", "web")  # the folders of our own modules among the gathered files


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Without the rewriting of imports a module kept for ever would load its neighbours by names that never change."""

    # Ours alone: an import named in the comment of somebody else's script would stop the gathering.
    patterns = CompressedManifestStaticFilesStorage.patterns + tuple(
        (f"{home}/*.js", CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1])
        for home in HOMES
    )
