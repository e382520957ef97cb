#!/usr/bin/env bash
# Runs work in pieces as job arrays of a Slurm of its own on this machine: three nodes, one of which is killed in
# the midst, and a task. What is missing runs again, results are merged and compared with those of one local run.
#
# usage: scripts/farm-test.sh [--short] [FOLDER]
#   --short  200 random jobs and 10 mutants instead of 10,000 and 200
#   HEDDLE_CACHE=...  where built models are, if they are to be kept [default: FOLDER/models]
#   FOLDER   where all of it is; empty or not there [default: target/farm-test]
# Installs slurm-wlm and munge (Debian packages), starts munged, slurmctld and slurmd on ports of their own, and stops
# what it started. Needs to be root, as the nodes do.
source "$(dirname "$0")/setup.sh"

case ${1:-} in -h | --help) show_help ;; esac
jobs=10000 mutants=200 tasks=30 dim=32 short=false
[ "${1:-}" != --short ] || { jobs=200 mutants=10 tasks=6 dim=80 short=true; shift; }
folder=${1:-${CARGO_TARGET_DIR:-target}/farm-test}
[ "$(id -u)" -eq 0 ] || fail "the nodes run as root: run it as root"
[ ! -e "$folder" ] || [ -z "$(ls -A "$folder")" ] || fail "$folder is not empty: remove it, or name another folder"
need_rust
need_debian slurm-wlm munge g++ make perl python3 zlib1g-dev liblz4-dev verilator yosys
need_verilator
need_heddle
mutants_program=${MUTANTS:-}
if [ -z "$mutants_program" ]; then
    stage "building the program that judges mutants"
    cargo build --release --quiet --package heddle-testbenches --example mutants
    mutants_program=${CARGO_TARGET_DIR:-target}/release/examples/mutants
fi
mutants_program=$(realpath "$mutants_program")
mkdir -p "$folder"
folder=$(realpath "$folder")
slurm=$folder/slurm
mkdir -p "$slurm"/{state,log,n1,n2,n3} "$folder/munge"

# --- the cluster -----------------------------------------------------------------------------

# The processes of the tasks on a node of this cluster, and Slurm's that look after them.
processes_of() {
    python3 - "SLURMD_NODENAME=$1" "SLURM_CONF=$SLURM_CONF" <<'EOF'
import pathlib, sys
for process in pathlib.Path("/proc").glob("[0-9]*"):
    try:
        environment = (process / "environ").read_bytes().decode(errors="replace").split("\0")
        if not set(sys.argv[1:]) <= set(environment):
            continue
        status = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines() if ":\t" in line)
        parent = pathlib.Path("/proc") / status["PPid"]
        if (parent / "comm").read_text().strip() == "slurmstepd":
            print(parent.name)
        print(process.name)
    except OSError:
        pass
EOF
}

started=()
finish() {
    local pid
    # What Slurm runs ends before its daemons do: what looks after a job would wait for them.
    if [ -e "$slurm/slurm.conf" ]; then
        scancel --user="$(id -un)" --quiet 2>/dev/null || true
        for _ in $(seq 100); do
            squeue -h 2>/dev/null | grep -q . || break
            sleep 0.2
        done
        for pid in $(processes_of n1) $(processes_of n2) $(processes_of n3); do
            kill -KILL "$pid" 2>/dev/null || true
        done
    fi
    for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
    sleep 1
    for pid in "${started[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
}
trap finish EXIT

# A service in the foreground, whose number is the last of `started`.
service() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 &
    started+=($!)
}

stage "starting munged, slurmctld and three slurmd"
# munged runs as the one user of this cluster: its own could not write to /dev/null everywhere.
chmod 700 "$folder/munge"
dd if=/dev/urandom of="$folder/munge/key" bs=1024 count=1 status=none
chmod 400 "$folder/munge/key"
# The path of the socket is short: a socket's may have 107 bytes.
sockets=$(mktemp -d /tmp/heddle-farm.XXXXXX)
chmod 755 "$sockets"
trap 'finish; rm -rf "$sockets"' EXIT
service "$slurm/log/munged" munged --foreground --force --key-file="$folder/munge/key" \
    --socket="$sockets/munge" --pid-file="$folder/munge/pid" --log-file="$folder/munge/log" \
    --seed-file="$folder/munge/seed"
export SLURM_CONF=$slurm/slurm.conf
port=${FARM_TEST_PORT:-27817}
cat >"$SLURM_CONF" <<EOF
ClusterName=heddle
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$sockets/munge
CredType=cred/munge
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/%n
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/%n.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
SlurmdTimeout=20
KillWait=5
MinJobAge=60
MaxArraySize=21
$(for n in 1 2 3; do echo "NodeName=n$n NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=$((port + n)) CPUs=1 RealMemory=500 State=UNKNOWN"; done)
PartitionName=farm Nodes=n1,n2,n3 Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
EOF
for _ in $(seq 100); do
    munge --socket="$sockets/munge" --no-input >/dev/null 2>&1 && break
    sleep 0.1
done
munge --socket="$sockets/munge" --no-input >/dev/null || fail "munged did not start: $(cat "$folder/munge/log")"
service "$slurm/log/slurmctld" slurmctld -D
node_pids=()
for n in 1 2 3; do
    service "$slurm/log/n$n" slurmd -D -N "n$n"
    node_pids[n]=$!
done
for _ in $(seq 300); do
    [ "$(sinfo -h -N -o '%T' 2>/dev/null | grep -c idle)" -eq 3 ] && break
    sleep 0.2
done
sinfo -N -o '%N %T'
[ "$(sinfo -h -N -o '%T' | grep -c idle)" -eq 3 ] || fail "not all nodes are there: see $slurm/log"

# Models that are there already are not built again.
cache=$(realpath -m "${HEDDLE_CACHE:-$folder/models}")

# --- plans -----------------------------------------------------------------------------------

# A plan called $1 with $2 tasks, in the folder $3; the rest is its work.
plan() {
    cat >"$folder/$1.toml" <<EOF
name = "$1"
folder = "$3"
tasks = $2
cache = "$cache"
$4
[limits]
piece_seconds = 300
task_seconds = 3600
EOF
}
random='heddle = ["cosim", "--random", "'$jobs'", "--seed", "7", "--max-dim", "'$dim'", "--rows", "2", "--cols", "2", "--format", "int8"]'
sweep='heddle = ["explore", "--network", "ner-conll", "--rows", "4,8,16", "--dataflow", "ws,os,both", "--p", "0.3,0.5"]'
judged='list = ["'$mutants_program'", "--list", "'$mutants'", "1", "int8"]
run = ["'$mutants_program'", "--judge", "{piece}", "'$mutants'", "1"]
seed = 1'
farm() { "$heddle" farm "$@"; }
# Waits until no task of a run waits or runs.
ended() {
    while [ "$(farm status --json "$1" | python3 -c 'import json,sys
states = json.load(sys.stdin)["states"]
print(states.get("queued", 0) + states.get("running", 0))')" != 0 ]; do sleep 1; done
}
# One field of what `heddle farm merge` says.
field() { python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$1" "$2"; }
# Merges a run, and makes sure that everything is there.
merge() {
    local report=$folder/$1.report name
    farm merge --json "$folder/$1.toml" >"$report" || { cat "$report"; fail "$1: not all is right"; }
    for name in failed missing mismatches; do
        [ "$(field "$report" $name)" = 0 ] || fail "$1: $name is $(field "$report" $name)"
    done
    echo "$1: $(field "$report" pieces) pieces, all right"
}
# Without header and timings.
payload() { tail -n +2 "$1" | sed 's/,"run":{[^}]*}}$/}/'; }

# --- random jobs: a node dies, and a task ----------------------------------------------------

stage "$jobs random jobs as an array of $tasks tasks"
plan random "$tasks" random.farm "$random"
begin=$(date +%s.%N)
farm submit "$folder/random.toml"
for _ in $(seq 600); do
    squeue -h -t R -o '%N' | grep -q n2 && break
    sleep 0.1
done
victim=$(squeue -h -t R -w n2 -o '%i' | head -n 1)
echo "killing the node n2, which runs ${victim:-nothing}"
# The daemon first, so that nothing is told to the controller, then what it runs.
kill -KILL "${node_pids[2]}"
for pid in $(processes_of n2); do kill -KILL "$pid" 2>/dev/null || true; done
for _ in $(seq 600); do
    victim=$(squeue -h -t R -w n1,n3 -o '%i' | head -n 1)
    [ -z "$victim" ] || break
    sleep 0.1
done
echo "killing the task ${victim:-none}"
[ -z "$victim" ] || scancel --signal=KILL --full "$victim" || true
ended "$folder/random.toml"
farm status "$folder/random.toml" || true
farm merge --json "$folder/random.toml" >"$folder/half.report" && fail "nothing is missing: nothing was killed in the midst"
echo "missing before it was resumed: $(field "$folder/half.report" missing)"
[ "$(field "$folder/half.report" missing)" -gt 0 ]
[ "$(field "$folder/half.report" file)" = None ]
stage "resuming"
whole=$(ls "$folder"/random.farm/pieces/ | grep -c '^[0-9]*\.jsonl$')
kept=$(cd "$folder/random.farm/pieces" && ls | grep '^[0-9]*\.jsonl$' | xargs stat -c '%n %Y %i' | sort)
service "$slurm/log/n2" slurmd -D -N n2
farm resume --wait "$folder/random.toml"
now=$(cd "$folder/random.farm/pieces" && ls | grep '^[0-9]*\.jsonl$' | xargs stat -c '%n %Y %i' | sort)
[ -z "$(comm -23 <(echo "$kept") <(echo "$now"))" ] || fail "what was whole was computed again"
echo "$whole tasks were whole and stayed as they were"
merge random
python3 -c "import time; print(f'the array, with both deaths, took {time.time() - $begin:.1f} s')"

stage "the same $jobs jobs in one process"
begin=$(date +%s.%N)
(cd "$folder" && HEDDLE_CACHE=$cache "$heddle" cosim --random $jobs --seed 7 --max-dim $dim --rows 2 --cols 2 --format int8 --pieces local.jsonl)
python3 -c "import time; print(f'it took {time.time() - $begin:.1f} s')"
cmp <(payload "$folder/local.jsonl") <(payload "$folder/random.farm/random.jsonl")
cmp <(payload "$folder/local.jsonl") <(payload "$folder/random.farm/random.jsonl" | sed '3s/right/wrong/') >/dev/null &&
    fail "the control: a comparison that finds no difference"
echo "the merged results are those of one process, byte for byte"

# --- mutants, a sweep ------------------------------------------------------------------------

stage "$mutants mutants"
plan mutants 5 mutants.farm "$judged"
farm submit --wait "$folder/mutants.toml"
merge mutants
noticed=$(payload "$folder/mutants.farm/mutants.jsonl" | grep -vc '"noticed":null')
echo "$noticed of $(field "$folder/mutants.report" pieces) mutants are noticed"
[ "$noticed" -gt 0 ]
stage "a sweep"
plan sweep 4 sweep.farm "$sweep"
farm submit --wait "$folder/sweep.toml"
merge sweep
(cd "$folder" && "$heddle" explore --network ner-conll --rows 4,8,16 --dataflow ws,os,both --p 0.3,0.5 --pieces sweep.jsonl >/dev/null)
cmp <(payload "$folder/sweep.jsonl") <(payload "$folder/sweep.farm/sweep.jsonl")

# --- cancelling ------------------------------------------------------------------------------

stage "Ctrl-C leaves the array, cancel ends it"
plan long 3 long.farm 'list = ["seq", "6"]
run = ["sleep", "60", "{piece}"]'
# A shell has its background processes ignore Ctrl-C.
env --default-signal=INT "$heddle" farm submit --wait "$folder/long.toml" 2>"$folder/long.said" &
waits=$!
for _ in $(seq 300); do squeue -h | grep -q . && break || sleep 0.1; done
sleep 1
kill -INT $waits
code=0
wait $waits || code=$?
cat "$folder/long.said"
[ "$code" -eq 130 ] && grep -q 'farm cancel' "$folder/long.said" || fail "Ctrl-C: exit code $code"
squeue -h | grep -q . || fail "the array has ended with Ctrl-C"
farm cancel "$folder/long.toml"
for _ in $(seq 300); do squeue -h | grep -q . || break; sleep 0.2; done
! squeue -h | grep -q . || fail "cancel did not end the array"

stage "scaling"
farm scaling "$folder/random.toml" --tasks 1,2,100,10000
$short || for workers in 1 2; do
    sed "s/random.farm/workers$workers.farm/" "$folder/random.toml" >"$folder/workers$workers.toml"
    begin=$(date +%s.%N)
    farm submit --local --workers $workers "$folder/workers$workers.toml" >/dev/null
    python3 -c "import time; print(f'$workers side by side: {time.time() - $begin:.1f} s')"
done
stage "done"
