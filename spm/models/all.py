"""Every model module, for metadata and migrations."""

import spm.models.audit
import spm.models.identity
import spm.models.intake
import spm.models.jobs
import spm.models.moves
import spm.models.once
import spm.models.organisation
import spm.models.packs
import spm.models.pipeline
import spm.models.targets  # noqa: F401
