import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";

interface FieldProps {
    /** In English: the key of what is shown. */
    label: string;
    children: (id: string) => ReactNode;
}

/** A label over one control; the control gets the id that the label points to. */
export function Field({ label, children }: FieldProps) {
    const { t } = useTranslation();
    const id = useId();
    return (
        <div className="field">
            <label htmlFor={id}>{t(label)}</label>
            {children(id)}
        </div>
    );
}
