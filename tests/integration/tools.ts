/** The tools that the tests start, found or set up as `npm run local` does it. */
import { Screen } from "../../local/screen.ts";
import { ministack } from "../../local/tools/ministack.ts";
import { pulumiCli } from "../../local/tools/pulumiCli.ts";
import { ToolSet } from "../../local/tools/tool.ts";

const tools = new ToolSet(new Screen(), new AbortController().signal);

/** MiniStack's program. */
export const ministackCommand = () => tools.provide(ministack);

/** The Pulumi command line's program. */
export const pulumiCommand = () => tools.provide(pulumiCli);
