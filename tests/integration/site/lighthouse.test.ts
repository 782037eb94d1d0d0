import { expect } from "chai";
import { AuditedSite, auditedPages } from "../../kit/lighthouse/auditedSite.ts";

const MIN_SCORE = 95;
/** Its fourth category, performance, is measured by `npm run bench -- site`: it depends on what else a machine does. */
const CATEGORIES = ["accessibility", "best-practices", "seo"];

describe("Lighthouse at the site", function () {
    this.timeout(120_000);
    let site: AuditedSite;

    before(async function () {
        this.timeout(240_000);
        site = await AuditedSite.open();
    });
    after(() => site?.close());

    for (const name of Object.keys(auditedPages) as (keyof typeof auditedPages)[]) {
        it(`gives ${name} ${MIN_SCORE} or more of 100 in each category`, async () => {
            const { categories } = await site.audit(name, CATEGORIES);
            const low = [...categories].filter(([, { score }]) => !(score >= MIN_SCORE));
            expect(low).to.deep.equal([]);
        });
    }
});
