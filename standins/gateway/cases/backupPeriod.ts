import type { Case } from "../case.ts";
import { answer, outputOf } from "../response.ts";

/** The default, which is also the maximum. */
const DEFAULT_DAYS = 35;

export const backupPeriod: Case = {
    title: "The days that a table can be restored within",
    difference: "dropped",
    source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PointInTimeRecoverySpecification.html",
    requests: ["UpdateContinuousBackups", "DescribeContinuousBackups", "DeleteTable"].map((name) => `dynamodb:${name}`),
    async handle(request, next, { store }) {
        const { input, operation, region } = request;
        const response = await next(request);
        if (response.status >= 300) {
            return response;
        }
        const key = `${region} ${String(input.TableName).split("/").pop()}`;
        if (operation === "DeleteTable") {
            store.delete(COLLECTION, key);
            return response;
        }
        if (operation === "UpdateContinuousBackups") {
            const { RecoveryPeriodInDays } = input.PointInTimeRecoverySpecification ?? {};
            store.set(COLLECTION, key, RecoveryPeriodInDays ?? DEFAULT_DAYS);
        }
        const output = outputOf(request, response);
        const recovery = output.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
        if (recovery?.PointInTimeRecoveryStatus === "ENABLED") {
            recovery.RecoveryPeriodInDays = store.get(COLLECTION, key) ?? DEFAULT_DAYS;
        }
        return answer(request, output);
    },
};

const COLLECTION = "dynamodb recovery days";
