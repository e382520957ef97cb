#!/bin/sh
# Stands in for a Python in the tests of `heddle bench train --pytorch`. It does what its
# name says. (A committed file, because a file just written by a test may still be open in
# a process that another test has forked, and cannot be started then.)
read -r settings
case $(basename "$0") in
    none) echo '{"error": "No module named torch"}' ;;
    other) echo hello ;;
    dies) echo '{"ready": "9.9"}' ;;
    good)
        echo '{"ready": "9.9"}'
        while read -r steps; do echo "{\"seconds\": 2.0, \"tokens\": $((steps * 50))}"; done
        ;;
esac
