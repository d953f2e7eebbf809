"""`python -m revgraph`, for where the command `revgraph` is not on the PATH."""

from revgraph.cli import main

main()
