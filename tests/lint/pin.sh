#!/usr/bin/env bash
# Writes the digests of the base images into the Dockerfiles (`make pin`): NAME:TAG becomes NAME:TAG@sha256:…, so that the image that is
# built does not change when somebody moves the tag. It needs Docker and a registry that can be reached.
set -euo pipefail
cd "$(dirname "$0")/../.."
for file in src/function/Dockerfile src/apigw/Dockerfile; do
	while read -r image; do
		tag=${image%@*}
		digest=$(docker buildx imagetools inspect "$tag" --format '{{.Manifest.Digest}}') || { echo "$tag: the registry cannot be reached; nothing is pinned" >&2; exit 1; }
		sed -i "s#=${image}\$#=${tag}@${digest}#" "$file"
		echo "$file: $tag@$digest"
	done < <(sed -nE 's/^ARG (GO_IMAGE|BASE_IMAGE)=(.+)$/\2/p' "$file")
done
