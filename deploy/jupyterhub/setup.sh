#!/bin/sh
# Prepare this machine for a class: accounts, nbgrader's exchange, JupyterHub's settings. As root; run again with
# new names, it adds them and leaves what is there.
#
#     sh setup.sh COURSE INSTRUCTOR STUDENT...
set -eu

[ "$(id -u)" = 0 ] || { echo "setup.sh: accounts are made by root: sudo sh $0 ..." >&2; exit 1; }
[ $# -ge 2 ] || { echo "setup.sh: which course, and whose? sh setup.sh COURSE INSTRUCTOR STUDENT..." >&2; exit 1; }
course=$1 instructor=$2
shift 2
case $course in *[!A-Za-z0-9._-]*) echo "setup.sh: a course is called by letters, digits, . _ and -: $course" >&2; exit 1 ;; esac

here=$(cd "$(dirname "$0")" && pwd)
hub=${HUB:-/srv/jupyterhub}
exchange=${EXCHANGE:-/srv/nbgrader/exchange}

account() { # NAME GROUP: a home of one's own that nobody else can look into
    id "$1" >/dev/null 2>&1 || useradd --create-home --user-group --shell /bin/bash "$1"
    usermod --append --groups "$2" "$1"
    chmod 700 "$(getent passwd "$1" | cut -d: -f6)"
}

groupadd --force nbgrader-graders
groupadd --force nbgrader-students
account "$instructor" nbgrader-graders
for student in "$@"; do account "$student" nbgrader-students; done

# Of the exchange, students may write to "inbound" alone, and cannot list it; the sticky bit (the 3 of 3773) keeps
# everybody from removing what others have handed in. "feedback" they cannot list either: pages have secret names.
# The group of graders may write to all of it.
install -d -o root -g root -m 755 "$exchange"
install -d -o "$instructor" -g nbgrader-graders -m 2775 "$exchange/$course" "$exchange/$course/outbound"
install -d -o "$instructor" -g nbgrader-graders -m 3773 "$exchange/$course/inbound"
install -d -o "$instructor" -g nbgrader-graders -m 2771 "$exchange/$course/feedback"

install -d -o root -g root -m 755 "$hub" "$hub/settings"
install -d -o root -g root -m 700 "$hub/state" # who is logged in, and by which tokens
[ -e "$hub/jupyterhub_config.py" ] || install -m 644 "$here/jupyterhub_config.py" "$hub"
settings=$hub/settings
[ -e "$settings/jupyter_server_config.py" ] || install -m 644 "$here/jupyter_server_config.py" "$settings"
[ -e "$settings/nbgrader_config.py" ] ||
    sed "s|COURSE|$course|; s|EXCHANGE|$exchange|" "$here/nbgrader_config.py" >"$settings/nbgrader_config.py"
chmod 644 "$settings/nbgrader_config.py"

# Formgrader, in the instructor's JupyterLab, works on the course in ~/COURSE, with the settings that lie there.
home=$(getent passwd "$instructor" | cut -d: -f6) group=$(id -gn "$instructor")
install -d -o "$instructor" -g "$group" -m 700 "$home/$course" "$home/.jupyter"
if [ ! -e "$home/.jupyter/nbgrader_config.py" ]; then
    cat >"$home/.jupyter/nbgrader_config.py" <<END
from pathlib import Path

c = get_config()
if Path("$home/$course/nbgrader_config.py").exists():
    load_subconfig("nbgrader_config.py", path="$home/$course")
c.CourseDirectory.root = "$home/$course"
END
    chown "$instructor:$group" "$home/.jupyter/nbgrader_config.py"
fi

echo "Ready: passwords by \`passwd NAME\`, then jupyterhub --config $hub/jupyterhub_config.py"
