"""Class-scale grading on top of nbgrader: it stays the system of record, this runs the submissions."""

import os
import sysconfig

# nbgrader starts alembic by its bare name. It lies beside our Python, also where nobody has activated the
# environment.
os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])
