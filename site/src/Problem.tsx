import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface ProblemProps {
    error: unknown;
    /** What can be done about it. */
    children?: ReactNode;
}

/** An error message, announced to screen readers. Shows nothing without an error. */
export function Problem({ error, children }: ProblemProps) {
    const { t } = useTranslation();
    return (
        <div role="alert">
            {error !== undefined && (
                <div className="problem">
                    <p>{error instanceof Error ? t(error.message) : t("Something went wrong.")}</p>
                    {children}
                </div>
            )}
        </div>
    );
}
