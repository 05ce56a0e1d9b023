#!/usr/bin/env bash
# Grades in ten shares, then merges. From the course's folder, on a file system that all nodes share:
#   SUBMISSIONS=submissions.zip OUT=grades utils/grading/clusters/slurm.sh
#SBATCH --job-name=grading
#SBATCH --array=1-10
#SBATCH --cpus-per-task=4
#SBATCH --mem=20G
#SBATCH --time=01:00:00
set -euo pipefail

grade=(.venv/bin/python -m utils.grading grade "$SUBMISSIONS" --out "$OUT")
if [ -n "${SLURM_ARRAY_TASK_ID:-}" ]; then # a share, on a node
  "${grade[@]}" --jobs "$SLURM_CPUS_PER_TASK" --share "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT"
else # you, at the keyboard: the shares, and after them the merging
  array=$(sbatch --parsable "$0")
  sbatch --dependency="afterany:$array" --job-name=merging --wrap "$(printf '%q ' "${grade[@]}")"
fi
