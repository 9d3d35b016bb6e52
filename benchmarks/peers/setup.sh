#!/bin/sh
# sh benchmarks/peers/setup.sh DIR [--text FOLDER [--name NAME] [--languages en ru ...]]
# Makes DIR/peers and DIR/peers-transformers4 (environments of their own: the pins of flair and spacy-transformers exclude
# those of the others and of embspace), random models and sentences. PYTHON is an environment with embspace.
# --no-deps: the lists are complete, and NeuroX asks for numpy and torch versions that do not build on Python 3.11.
set -e
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-$here/../../.venv/bin/python}
work=${1:?usage: setup.sh DIR [--text FOLDER ...]}
shift
mkdir -p "$work"
make_environment() {
    [ -x "$work/$1/bin/python" ] || "$python" -m venv "$work/$1"
    "$work/$1/bin/pip" install -q --no-deps -r "$here/$2"
}
make_environment peers environment.txt
make_environment peers-transformers4 environment_transformers4.txt
"$python" "$here/../random_models.py" "$work" "$@"
