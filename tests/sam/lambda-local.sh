#!/usr/bin/env bash
# Runs the function's image alone, as Lambda would, until Ctrl-C: behind AWS's Runtime Interface Emulator, without privileges, and
# read-only except for /tmp. It speaks the Invoke API:
#
#	aws lambda invoke --endpoint-url http://127.0.0.1:9001 --no-sign-request --function-name function --payload '{"kind":"gameRequested"}' out.json
#
# usage: lambda-local.sh [PORT] (9001). `make lambda-local` calls it. IMAGE=name runs an existing image.
set -euo pipefail
cd "$(dirname "$0")/../.."
port=${1:-9001}
image=${IMAGE:-}
if [ -z "$image" ]; then
	image=gamefunction
	tests/tell.sh "building the image" docker build --progress plain --file src/function/Dockerfile --tag $image .
fi
case $(docker image inspect --format '{{.Architecture}}' "$image") in
arm64) rie=aws-lambda-rie-arm64 ;;
*) rie=aws-lambda-rie-x86_64 ;;
esac
# AWS ships the emulator in the SAM CLI: the one on the path is used, or else one is fetched.
emulator() {
	local sam
	sam=$(readlink -f "$1")
	find "${sam%/*/*}" -maxdepth 9 -path "*/samcli/local/rapid/$rie" -print -quit 2>/dev/null || true
}
found=
if sam=$(command -v sam); then found=$(emulator "$sam"); fi
if [ -z "$found" ]; then
	echo "fetching the SAM CLI into .cache, once, for the emulator in it: there is none on the path" >&2
	found=$(emulator "$(tests/sam/tools.sh sam)/sam")
fi
mkdir -p .cache
install -m 755 "$found" ".cache/$rie"
echo "the function answers at http://127.0.0.1:$port; press Ctrl-C to stop"
terminal=()
if [ -t 0 ]; then terminal=(--interactive --tty); fi
exec docker run --rm "${terminal[@]}" --publish "127.0.0.1:$port:8080" --volume "$PWD/.cache/$rie:/aws-lambda-rie:ro" \
	--read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges --user 993:990 \
	--env AWS_LAMBDA_FUNCTION_NAME=GameFunction --env AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256 --env AWS_LAMBDA_FUNCTION_TIMEOUT=5 \
	--env AWS_REGION=eu-north-1 --env AWS_XRAY_SDK_DISABLED=TRUE \
	--env TABLE_NAME --env AWS_ENDPOINT_URL_DYNAMODB --env AWS_ACCESS_KEY_ID --env AWS_SECRET_ACCESS_KEY --env AWS_SESSION_TOKEN \
	--entrypoint /aws-lambda-rie "$image" /var/task/function
