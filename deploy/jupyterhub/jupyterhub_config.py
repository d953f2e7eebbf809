"""JupyterHub for one class: everybody logs in with an account of this machine, and works as that account.

setup.sh beside this file makes accounts, exchange and settings; docs/handing-out.md goes through all of it.
Start as root, with the Python that revgraph is installed in:

    jupyterhub --config /srv/jupyterhub/jupyterhub_config.py
"""

import sys
from pathlib import Path

c = get_config()  # noqa: F821 (JupyterHub defines it)

scripts = Path(sys.executable).parent
here = Path(__file__).resolve().parent  # where setup.sh has put this file
state = here / "state"  # root's alone

c.JupyterHub.bind_url = "http://127.0.0.1:8000"  # to the world, through a web server with a certificate
c.JupyterHub.db_url = f"sqlite:///{state / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(state / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(state / "proxy.pid")

# Who may log in: the members of two groups, with the password of their account.
c.JupyterHub.authenticator_class = "pam"
c.LocalAuthenticator.allowed_groups = {"nbgrader-graders", "nbgrader-students"}
c.PAMAuthenticator.open_sessions = False

# A server for each of them, as their own account and in their own home.
c.JupyterHub.spawner_class = "localprocess"
c.Spawner.cmd = [str(scripts / "jupyterhub-singleuser")]
c.Spawner.notebook_dir = "~"
c.Spawner.environment = {
    "PATH": f"{scripts}:/usr/local/bin:/usr/bin:/bin",  # nbgrader, revgraph and jupyter by their names
    "JUPYTER_CONFIG_PATH": str(here / "settings"),  # of nbgrader and of the servers, for everybody
}
