#!/usr/bin/env node
/** The command line `story42` of the package: the checkout's, and a local cloud for users' own programs. */
import module from "node:module";
import "../stacks/lightSdk.cjs";
import type { OwnCommand } from "../automation/cli/run.ts";

// Half of a short command's time is loading modules. A Node that is too old has no compile cache.
module.enableCompileCache?.();

const local: OwnCommand = {
    name: "local",
    about: "run a command, such as `pulumi up`, on an AWS emulator on this machine: story42 local --help",
    run: async (args) => await (await import("../local/own/commandLine.ts")).runLocal(args),
};

void import("../automation/cli/run.ts").then(({ runProcess }) => runProcess([local]));
