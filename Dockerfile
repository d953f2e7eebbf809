# The grader, for teachers without Linux: see compose.yaml. .dockerignore leaves out solutions/ and tests/.
FROM python:3.13-slim

RUN apt-get update \
    && apt-get install --yes --no-install-recommends bubblewrap \
    && rm -rf /var/lib/apt/lists/*

COPY . /usr/src/revgraph
RUN pip install --no-cache-dir --constraint /usr/src/revgraph/requirements.lock "/usr/src/revgraph[grading]" \
    && rm -rf /usr/src/revgraph

# As an ordinary user: root's processes would not be limited in number. Python lies in /usr/local, open to all.
RUN useradd --create-home teacher
USER teacher
WORKDIR /course

ENTRYPOINT ["revgraph"]
CMD ["grade", "--selftest"]
