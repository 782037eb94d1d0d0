/** Writes the component provider's package schema, schema.json (`npm run schema`). */
import { writeFileSync } from "node:fs";
import { packageSchema, schemaPath } from "./schema.ts";

writeFileSync(schemaPath, `${JSON.stringify(packageSchema(), null, 2)}\n`);
