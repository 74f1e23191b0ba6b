#!/usr/bin/env bash
# Runs the function's image by itself, as Lambda would, until Ctrl-C: the Runtime Interface Emulator of AWS in front of it, no
# privileges, nothing to write to but /tmp. It speaks the Invoke API:
#
#	aws lambda invoke --endpoint-url http://127.0.0.1:9001 --no-sign-request --function-name function \
#		--cli-binary-format raw-in-base64-out --payload '{"kind":"gameRequested"}' out.json
#
# usage: lambda-local.sh [PORT] (9001). `make lambda-local` calls it. IMAGE=name runs an image that is built already.
set -euo pipefail
cd "$(dirname "$0")/../.."
port=${1:-9001}
image=${IMAGE:-}
if [ -z "$image" ]; then
	image=gamefunction
	docker build --quiet --file src/function/Dockerfile --tag $image . >/dev/null
fi
case $(docker image inspect --format '{{.Architecture}}' "$image") in
arm64) rie=aws-lambda-rie-arm64 ;;
*) rie=aws-lambda-rie-x86_64 ;;
esac
# AWS ships the emulator inside the SAM CLI.
rie=$(echo "$(dirname "$(tests/sam/tools.sh sam)")"/lib/python3*/site-packages/samcli/local/rapid/$rie)
chmod 755 "$rie"
echo "the function answers at http://127.0.0.1:$port; press Ctrl-C to stop"
terminal=()
if [ -t 0 ]; then terminal=(--interactive --tty); fi
exec docker run --rm "${terminal[@]}" --publish "127.0.0.1:$port:8080" --volume "$rie:/aws-lambda-rie:ro" \
	--read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges --user 993:990 \
	--env AWS_LAMBDA_FUNCTION_NAME=GameFunction --env AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256 --env AWS_LAMBDA_FUNCTION_TIMEOUT=5 \
	--env AWS_REGION=eu-north-1 --env AWS_XRAY_SDK_DISABLED=TRUE \
	--env TABLE_NAME --env AWS_ENDPOINT_URL_DYNAMODB --env AWS_ACCESS_KEY_ID --env AWS_SECRET_ACCESS_KEY --env AWS_SESSION_TOKEN \
	--entrypoint /aws-lambda-rie "$image" /var/task/function
