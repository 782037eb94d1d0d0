import { type ChildProcess, spawn } from "node:child_process";
import { expect } from "chai";
import { processesWith } from "../../../automation/processes/processes.ts";

const VARIABLE = "STORY42_TEST_OF_PROCESSES";

/** A process that becomes other programs, one after the other, as fast as it can. */
function everChanging(): ChildProcess {
    const again = 'i=$1; [ "$i" -gt 0 ] && exec sh -c "$2" sh "$((i - 1))" "$2"; read -r _';
    return spawn("sh", ["-c", again, "sh", "400", again], {
        env: { ...process.env, [VARIABLE]: "mine" },
        stdio: ["pipe", "ignore", "ignore"],
    });
}

describe("Processes with a variable", () => {
    it("are found also while they become another program", async function () {
        if (process.platform !== "linux") {
            this.skip();
        }
        const changing = everChanging();
        try {
            for (let look = 0; look < 200; look += 1) {
                const found = processesWith(VARIABLE).filter(({ process: { pid } }) => pid === changing.pid);
                expect(found, `look ${look}`).to.have.length(1);
            }
        } finally {
            changing.kill("SIGKILL");
        }
    });
});
