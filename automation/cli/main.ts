#!/usr/bin/env node
/** The command line `story42`. */
import module from "node:module";
import "../../stacks/lightSdk.cjs";

// Half of a short command's time is loading modules. A Node that is too old has no compile cache.
module.enableCompileCache?.();
void import("./run.ts").then(({ runProcess }) => runProcess());
