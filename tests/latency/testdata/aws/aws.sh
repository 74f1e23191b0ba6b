# shellcheck shell=sh
# Stands in for the AWS CLI in aws_test.go: sh aws.sh FOLDER ARGUMENTS…
#
# The responses are the files next to this one, in the form that AWS documents. FOLDER records what happened: calls, one on each line,
# and environment.json, the function's environment. Files in it also control what happens: format has the function's log format;
# fail-invoke, hang-invoke and function-error hold the number of the invocation that fails in that way; fail-update the number of an
# update.
set -eu
here=$(dirname "$0")
folder=$1
shift
echo "$*" >>"$folder/calls"

# count adds one to a counter and prints it.
count() {
	n=$(($(cat "$folder/$1" 2>/dev/null || echo 0) + 1))
	echo "$n" >"$folder/$1"
	echo "$n"
}

# is reports whether a file of the folder holds a number.
is() { [ "$(cat "$folder/$1" 2>/dev/null)" = "$2" ]; }

case "$1 $2" in
"cloudformation describe-stack-resource")
	cat "$here/describe-stack-resource.json"
	;;
"lambda get-function-configuration")
	cat "$here/get-function-configuration.json"
	;;
"lambda update-function-configuration")
	if is fail-update "$(count updates)"; then
		echo "An error occurred (ResourceConflictException) when calling the UpdateFunctionConfiguration operation: The operation cannot be performed at this time. An update is in progress for resource: $4" >&2
		exit 254
	fi
	for argument; do
		case $argument in
		file://*) cp "${argument#file://}" "$folder/environment.json" ;;
		esac
	done
	touch "$folder/cold"
	cat "$here/get-function-configuration.json"
	;;
"lambda wait") ;;
"lambda invoke")
	n=$(count invocations)
	# invoke --function-name NAME --log-type Tail --payload fileb://IN OUT --output json
	event=$(cat "${8#fileb://}")
	answer=$9
	if is fail-invoke "$n"; then
		echo "An error occurred (TooManyRequestsException) when calling the Invoke operation (reached max retries: 2): Rate Exceeded." >&2
		exit 254
	fi
	if is hang-invoke "$n"; then
		touch "$folder/hanging"
		exec sleep 600
	fi
	if is function-error "$n"; then
		echo '{"errorMessage":"StoreUnavailable: the games cannot be reached","errorType":"StoreUnavailable"}' >"$answer"
		cat "$here/function-error.json"
		exit
	fi
	case $event in
	'{"kind":"gameRequested"}') kind=GameCreated ;;
	'{"kind":"guessSubmitted","id":"0b0f6c0e-2d4e-4d7e-9d0b-5f1b6c7d8e9f","guess":5}') kind=GuessEvaluated ;;
	'{"kind":"gameInfoRequested","id":"0b0f6c0e-2d4e-4d7e-9d0b-5f1b6c7d8e9f"}') kind=GameInfoProvided ;;
	*)
		echo "aws.sh: an event that no client would send: $event" >&2
		exit 1
		;;
	esac
	echo "{\"kind\":\"$kind\",\"id\":\"0b0f6c0e-2d4e-4d7e-9d0b-5f1b6c7d8e9f\",\"guesses\":[null,null,null],\"random_number\":7,\"status\":\"ongoing\"}" >"$answer"
	if [ -e "$folder/cold" ]; then
		rm "$folder/cold"
		cat "$here/invoke-cold-$(cat "$folder/format").json"
	else
		cat "$here/invoke-warm-$(cat "$folder/format").json"
	fi
	;;
"xray get-trace-summaries")
	# The first query comes too early, as it does in AWS.
	if [ "$(count looks)" = 1 ]; then cat "$here/no-traces.json"; else cat "$here/get-trace-summaries.json"; fi
	;;
*)
	echo "aws.sh: $1 $2 is not played" >&2
	exit 2
	;;
esac
