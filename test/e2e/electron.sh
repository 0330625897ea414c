#!/bin/sh
# Runs $SMMU_LAB_ELECTRON so that it ends with the test that started it, even one that is killed (Linux; elsewhere it is merely run).
if command -v setpriv >/dev/null 2>&1; then
  exec setpriv --pdeathsig KILL -- "$SMMU_LAB_ELECTRON" "$@"
fi
exec "$SMMU_LAB_ELECTRON" "$@"
