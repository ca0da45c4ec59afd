"""Static files under names that carry the hash of their content, and modules that import each other by those names."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Without the rewriting of imports a module kept for ever would load its neighbours by names that never change."""

    support_js_module_import_aggregation = True
