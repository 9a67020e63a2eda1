#!/usr/bin/env bash
# What: openapi-typescript installed beside TypeScript 6.
# Versions: openapi-typescript 7.13.0, typescript 6.0.3 and 5.9.3, npm of Node.js 20.
#
# Behaviour: npm refuses to install the two together, because the generator asks for TypeScript ^5.x as a peer. With an
# `overrides` entry that gives it the project's TypeScript it installs, and what it writes is the same to the byte as with
# TypeScript 5: it only builds and prints a syntax tree.
# Source: openapi-typescript's package.json (`peerDependencies`); observed.
# Guess: either a newer compiler is accepted as it is, or forcing it changes what is generated.
# Seen: ERESOLVE without the override; with it, no difference between the two files.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > api.yaml <<'YAML'
openapi: 3.1.0
info: { title: Codes, version: "1" }
paths:
  /accounts/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
    get:
      responses:
        "200": { description: One, content: { application/json: { schema: { $ref: "#/components/schemas/Account" } } } }
components:
  schemas:
    Account:
      type: object
      additionalProperties: false
      required: [id, period]
      properties:
        id: { type: integer }
        period: { type: [integer, "null"] }
        kind: { enum: [totp, hotp] }
YAML

# Installs the generator beside a TypeScript, with further members of package.json, and writes the types to a file.
generate() {
    mkdir "$1"
    printf '{"private":true,"devDependencies":{"openapi-typescript":"7.13.0","typescript":"%s"}%s}\n' "$2" "$3" > "$1/package.json"
    (cd "$1" && npm install --silent --no-audit --no-fund --ignore-scripts && npx openapi-typescript ../api.yaml --output types.ts > log 2>&1)
}

if generate refused 6.0.3 '' 2> refusal; then echo "installed without an override"; exit 1; fi
(cd refused && npm install --no-audit --no-fund --ignore-scripts 2>&1 || true) | grep -q ERESOLVE
echo "TypeScript 6 beside it: ERESOLVE"

generate five 5.9.3 ''
# shellcheck disable=SC2016
generate six 6.0.3 ',"overrides":{"openapi-typescript":{"typescript":"$typescript"}}'
cmp five/types.ts six/types.ts
echo "with an override: the same $(wc -l < six/types.ts) lines as with TypeScript 5"
