"""Of each person's server; setup.sh puts it beside nbgrader_config.py."""

c = get_config()  # noqa: F821 (Jupyter defines it)

# A login shell would begin with the machine's PATH, on which there is no nbgrader.
c.ServerApp.terminado_settings = {"shell_command": ["/bin/bash"]}

# Who has not been here for two hours: the server ends, and what is saved stays.
c.ServerApp.shutdown_no_activity_timeout = 7200
c.MappingKernelManager.cull_idle_timeout = 7200
