// What the operator chose for this page.

/** Whether titles and descriptions may be shown, and so asked for. Hidden at first, also after a reload. */
export const options = { payload: false };
