#!/bin/sh
# Write the hash-locked files again from the .in files (needs uv on the PATH).
# scan: the picture model, an extra. spark: to run the lake's queries on a cluster. kerberos:
# for tickets at the proxy. s3server: the
# tests' own store that speaks S3, in an environment of its own.
# --universal: one file serves Linux and macOS, Python 3.11 and newer.
set -eu
cd "$(dirname "$0")"
for name in runtime dev scan spark kerberos s3server; do
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
        "$name.in" --output-file "$name.txt" "$@"
done
