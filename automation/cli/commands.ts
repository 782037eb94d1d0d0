import type { CliCommand } from "./command.ts";
import { adoptCommand } from "./commands/adopt.ts";
import { completionCommand } from "./commands/completion.ts";
import { costsCommand } from "./commands/costs.ts";
import { destroyCommand } from "./commands/destroy.ts";
import { devCommand } from "./commands/dev.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { evalCommand } from "./commands/eval.ts";
import { logsCommand } from "./commands/logs.ts";
import { outputsCommand } from "./commands/outputs.ts";
import { pauseCommand, resumeCommand } from "./commands/pause.ts";
import { previewCommand } from "./commands/preview.ts";
import { refreshCommand } from "./commands/refresh.ts";
import { statusCommand } from "./commands/status.ts";
import { tokenCommand } from "./commands/token.ts";
import { upCommand } from "./commands/up.ts";
import { upgradeCheckCommand } from "./commands/upgradeCheck.ts";
import { verifyCommand } from "./commands/verify.ts";

/** Every command, in the order in which the help lists them. */
export const commands: readonly CliCommand[] = [
    upCommand,
    previewCommand,
    upgradeCheckCommand,
    destroyCommand,
    refreshCommand,
    outputsCommand,
    statusCommand,
    costsCommand,
    verifyCommand,
    pauseCommand,
    resumeCommand,
    logsCommand,
    tokenCommand,
    devCommand,
    doctorCommand,
    evalCommand,
    adoptCommand,
    completionCommand,
];
