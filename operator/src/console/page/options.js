// What the operator chose on this page.

/** Whether titles and descriptions are requested and shown. Hidden at first, also after a reload. */
export const options = { payload: false };
