#!/usr/bin/env bash
# Two recipes with three seeds each on this machine by GNU parallel, as many at a time as there are processors:
#
#   examples/cluster/sweep-parallel.sh [options of npm run train, for all of them]
#
# THREADS=4 gives every run four processors of its own. Started again, it leaves out what has finished, and goes on with what was killed.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
threads=${THREADS:-1}
at_once=$(($(nproc) / threads))
if ((at_once == 0)); then
  echo "invalid THREADS; more than the $(nproc) processors here: $threads" >&2
  exit 2
fi

npm run setup # once, so that the runs do not wait for each other's
mkdir -p out
# {%} is the place of a run among those at a time, from 1: each has processors of its own, or all would have threads for all.
first="\$((({%} - 1) * $threads))"
last="\$(({%} * $threads - 1))"
parallel --jobs "$at_once" --joblog out/sweep.log --resume-failed --line-buffer --tagstring '{1}-s{2}' \
  taskset --cpu-list "$first-$last" \
  npm run train -- --recipe '{1}' --seed '{2}' --resume "${@@Q}" \
  ::: article article-cycle ::: 1 2 3
