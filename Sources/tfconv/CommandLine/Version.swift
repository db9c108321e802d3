/// The version that `tfconv --version` prints and that reports carry.
let tfconvVersion = "0.1.0"
