#!/usr/bin/env bash
# Trains on every GPU of some nodes. From the course's folder, on a file system that all nodes share:
#   sbatch --nodes=2 utils/training/slurm.sh --model resnet50 --data cifar10 --batch-size 1024 --checkpoint run.pt
# A job that was cut off goes on from its checkpoint when it is submitted again.
#SBATCH --job-name=training
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=4
#SBATCH --cpus-per-task=16
#SBATCH --mem=64G
#SBATCH --time=02:00:00
set -euo pipefail

first=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
# One torchrun on each node, one process for each of its GPUs. If one fails, Slurm ends them all.
srun --kill-on-bad-exit=1 .venv/bin/torchrun \
  --nnodes="$SLURM_JOB_NUM_NODES" --nproc-per-node="${SLURM_GPUS_ON_NODE:-gpu}" \
  --rdzv-backend=c10d --rdzv-endpoint="$first:$((20000 + SLURM_JOB_ID % 10000))" --rdzv-id="$SLURM_JOB_ID" \
  -m utils.train "$@"
