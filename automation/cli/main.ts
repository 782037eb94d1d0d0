#!/usr/bin/env node
/** The command line `story42`. */
import module from "node:module";

// Half of a short command's time goes to reading its modules. A Node that is too old has no cache for that.
module.enableCompileCache?.();
void import("./run.ts").then(({ runProcess }) => runProcess());
