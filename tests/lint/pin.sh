#!/usr/bin/env bash
# Writes the digests of the base images into the Dockerfiles (`make pin`): NAME:TAG becomes NAME:TAG@sha256:…, so that the built image
# does not change when somebody moves the tag. It needs Docker with buildx, and access to a registry. Either all images are pinned or
# none.
set -euo pipefail
cd "$(dirname "$0")/../.."
files=(src/function/Dockerfile src/apigw/Dockerfile)
mapfile -t images < <(sed -nE 's/^ARG (GO_IMAGE|BASE_IMAGE)=(.+)$/\2/p' "${files[@]}" | sort -u)
declare -A digests
for image in "${images[@]}"; do
	tag=${image%@*}
	digest=$(docker buildx imagetools inspect "$tag" --format '{{println .Manifest.Digest}}') || { echo "$tag: Docker does not say its digest, for the reason above; nothing is pinned" >&2; exit 1; }
	[[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || { echo "$tag: Docker says \"$digest\", which is no digest; nothing is pinned" >&2; exit 1; }
	digests[$image]=$digest
done
for image in "${images[@]}"; do
	pinned=${image%@*}@${digests[$image]}
	sed -i "s#=${image//./\\.}\$#=${pinned}#" "${files[@]}"
	echo "$pinned"
done
