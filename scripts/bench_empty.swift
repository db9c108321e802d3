// What starting any program in Swift costs, linked like tfconv: the limit of `tfconv inspect`.
